"""The commands behind `./run`: start the product, send it work, look at a job, make a data set."""

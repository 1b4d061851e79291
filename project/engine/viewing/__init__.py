"""Views: the rows of an inspected file that meet conditions, in an order, made so that any page of them is near."""

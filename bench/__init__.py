"""The benchmark: Rowmill beside the engines that people would use instead, in one run on one machine."""

"""What an order, a page and rest cost, of this release and of an earlier one in the same run."""

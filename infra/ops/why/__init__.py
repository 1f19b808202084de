"""`make why`: one order's life over the three services, read from their databases and shown on one screen. Changes nothing."""

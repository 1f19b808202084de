"""All SQL of the catalog: `goods` and `stock` change, `views` show, `seeding` fills an empty database."""

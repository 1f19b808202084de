"""What we are made of, as a CycloneDX document, and whether anything of it is known to be vulnerable, by a file of OSV records.

`parts` reads the hashed requirements and the recipes of images, `spec` has the document's fields, `document` fills them, `osv` judges.
Nothing here asks anybody: both work where there is no internet.
"""

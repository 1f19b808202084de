"""`python -m infra.partner_check`: whether an ojek company's system keeps the partner contract, tried by test jobs on a running platform.

It knows docs/partners.md alone, imports nothing of the platform and needs nothing but Python: a company may copy the folder.

    platform    the platform as the company's machine reaches it: token, graph, feed
    proxy       stands before the platform and spoils what the system hears, as the contract allows
    endpoint    what is posted to a webhook that no honest platform posts, and what it is to answer
    check       orders test jobs, waits for their verdicts, and says what failed and what to do
"""

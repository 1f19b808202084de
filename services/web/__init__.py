"""The market's own pages, for people who never write a query. A client of the gateway: it sees the public graph and nothing else, has no
database, hears nothing, and is no subgraph.

- `settings`, `app`, `__main__`: what it is told, wiring, `python -m services.web api`
- `graph`, `documents/`, `answers`, `answers_orders`: what it asks of the gateway, and what comes back, typed
- `cookie`, `session`, `refreshing`: who looks, kept by their browser in an encrypted cookie
- `words`, `words/`, `saying`, `problems`: Indonesian and English, money, times, amounts, and refusals in words
- `visit`: one request: its form, its session, its answer
- `pages/`, `templates/`, `static/`: what people see
"""

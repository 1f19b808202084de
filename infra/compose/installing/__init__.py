"""An installation by answers: asked or given, checked, written into `.env`, and repeated without loss.

Its door is `sh infra/compose/install`.

`questions` says what is asked and what an answer may be, `answers` where answers come from, `dotenv` keeps what is in `.env`, `files` puts
away the secrets that others gave ops, `left` says what is left to do.
"""

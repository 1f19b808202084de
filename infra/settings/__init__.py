"""Every setting there is: found in the code that reads it, explained once, held against `.env.example` and `docker-compose.yml`.

`readers` knows which process reads what, `words` what each setting does; `page` prints docs/settings.md (`make settings`), `compare` says
what does not fit together (`make gate`).
"""

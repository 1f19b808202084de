"""Dashboards as code: what they show is said once (`boards`), and written for Prometheus's own pages and for Grafana."""

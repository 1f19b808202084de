"""python -m infra.dashboards: writes the boards anew, below infra/prometheus. `make dashboards`."""

from infra.dashboards.write import files

if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        print(path)

"""The boards in a real Prometheus: each page is there, and shows figures of what is scraped without any script."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from infra.dashboards.boards import BOARDS
from infra.local.free_ports import free_port
from tests.integration.infra.test_alerts import running, serves
from tests.worlds.prometheus import program
from tests.worlds.waiting import until
from tests.worlds.watched import RULES


async def test_each_board_is_a_page_with_the_figures_of_now(tmp_path: Path) -> None:
    prometheus, told, port, config = program("prometheus"), free_port(), free_port(), tmp_path / "prometheus.yml"
    target = f"{{ targets: ['127.0.0.1:{told}'], labels: {{ process: gateway }} }}"
    config.write_text(
        f"global: {{ scrape_interval: 200ms }}\nscrape_configs: [{{ job_name: wlijo, static_configs: [{target}] }}]\n"
    )
    options = (
        f"--config.file={config} --storage.tsdb.path={tmp_path / 'data'} --web.listen-address=127.0.0.1:{port}"
        f" --web.console.templates={RULES / 'consoles'} --web.console.libraries={RULES / 'consoles'}"
    )
    async with (
        running(*serves(told)),
        running(prometheus, *options.split()),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}/consoles/") as asked,
    ):

        async def shows() -> bool:
            try:
                async with asked.get("processes.html") as answer:
                    text = await answer.text()
                    return answer.status == 200 and "<tr><td>gateway</td><td>" in text
            except aiohttp.ClientError:  # it does not answer yet
                return False

        await until(shows)
        for board in BOARDS:
            async with asked.get(f"{board.key}.html") as answer:
                text = await answer.text()
            assert (answer.status, text.count("<section")) == (200, len(board.panels)), text
            assert text.count("nothing now") + text.count("<tr><td>") >= len(board.panels)

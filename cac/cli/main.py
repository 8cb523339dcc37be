"""The command ``cac``: gathers the groups of commands; each of them opens an instance and calls one service."""

import os

import click

from cac.cli import content, instance, members, serving, statistics


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cac")
def main() -> None:
    """Cities Against COVID-19: a site on which cities publish what worked, in their own languages.

    Try it with `cac demo`. Every other command works on an instance: a folder named by --home or CAC_HOME.
    """
    # Whatever a command writes, from the database to the spool, is its account's alone.
    os.umask(0o077)


for command in (
    serving.demo,
    serving.serve,
    serving.worker,
    instance.init,
    instance.doctor,
    members.people,
    members.cities,
    content.import_practices,
    content.index,
    statistics.stats,
):
    main.add_command(command)

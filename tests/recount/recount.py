#!/usr/bin/env python3
"""Counts anew what the screens of the demo show, from its rows alone.

    recount.py ROWS --now MICROSECONDS [--screen SCREEN] PERSON...
    recount.py --tables

ROWS is a SQLite file, or JSON {table: [{column: value}]}. PERSON is a staff code. Prints JSON: a list of what to ask in whose
name, and what has to be answered. With `--tables` it names the tables that it reads.

Written from the rules of the product (who reads what, reach, clocks, what came of it), not from the code that answers: no
figure that the application keeps (counts, reach, due dates, what is shown) is read here.
"""

import argparse
import json

from causes import Causes
from clocks import Clocks
from detail import Detail
from rows import TABLES, Rows, read
from rules import Rights, Tellings
from screens import Screens


def screens(tables, now):
    rows = Rows(tables, now)
    tellings = Tellings(rows)
    rights = Rights(rows, tellings)
    causes, clocks = Causes(rows, tellings, rights), Clocks(rows, tellings, rights)
    return Screens(rows, tellings, rights, causes, clocks, Detail(rows, tellings, rights, causes, clocks))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?")
    parser.add_argument("--tables", action="store_true", help="only name the tables")
    parser.add_argument("--now", type=int, help="the present, in microseconds since 1970 UTC")
    parser.add_argument("--screen", help="about this screen alone: feed, queue, detail, pareto, wall, person")
    parser.add_argument("people", nargs="*", help="staff codes")
    options = parser.parse_intermixed_args()
    if options.tables:
        return print(*TABLES)
    demo = screens(read(options.rows), options.now)
    print(json.dumps([found for code in options.people for found in demo.of(code, options.screen)], ensure_ascii=False))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Sends real comments and ideas through the public GraphQL API, and counts them afterwards.

    send_real.py --url http://127.0.0.1:8080 --token TOKEN
                 [--comments FILE] [--ideas FILE] [--limit N] [--workers N] [--on-behalf-of CODE,CODE] [--json]

The token belongs to an integration that may read units and content and may submit. Without files the fixtures of the
repository are sent: 200 comments of patients as observations, 65 ideas of employees as ideas. Any CSV file with the same
columns will do (comment_id, trust, service, text; and title, description, org with or without idea_id).

Every row has one client key, made from its number, for all tries and all runs: a run that was cut off can be started
again, and nothing is there twice. Which unit a row goes to depends on the file and on the units alone.

Afterwards, the rows counted per unit from the file must be what the API counts per unit more than before. (So nobody else
may be sending to these units meanwhile.)

Exit codes: 0 all there; 1 rows were refused or the counts differ; 2 the arguments, a file or the server is wrong.
Python 3.9 or later, standard library only.
"""

import argparse
import collections
import csv
import hashlib
import http.client
import json
import os
import pathlib
import queue
import random
import socket
import ssl
import sys
import threading
import time
import urllib.parse

# ---------------------------------------------------------------- the API, all of it that is used

UNITS = """
query Units($after: String) {
  units(first: 100, after: $after) { nodes { id code name kind } pageInfo { hasNextPage endCursor } }
}"""

OBSERVATION = """
mutation SendObservation($input: ObservationSubmitInput!) {
  observationSubmit(input: $input) { observation { id } alreadyReceived userErrors { field code message } }
}"""

IDEA = """
mutation SendIdea($input: IdeaSubmitInput!) {
  ideaSubmit(input: $input) { idea { id } alreadyReceived userErrors { field code message } }
}"""

COUNT = """
query Count($units: [ID!]!) {
  submissions(first: 1, filter: { unit: { in: $units } }) { totalCount totalCountIsExact }
}"""


def observation_input(row, unit, author):
    """The comment is the text, so that the title derived from it means something."""
    content = {"text": row["text"], "unitId": unit["id"], "channel": "INTEGRATION", "clientKey": row["key"]}
    return with_author(content, author)


def idea_input(row, unit, author):
    """An idea has a title of its own."""
    content = {"title": row["title"], "text": row["text"], "unitId": unit["id"], "clientKey": row["key"]}
    return with_author(content, author)


def with_author(content, author):
    return {**content, "authorExternalId": author} if author else content


KINDS = {
    "observation": (OBSERVATION, "observationSubmit", "observation", observation_input),
    "idea": (IDEA, "ideaSubmit", "idea", idea_input),
}

# ---------------------------------------------------------------- settings

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
TRIES = 8
FIRST_PAUSE = 0.25  # seconds; doubled after each try
TIMEOUT = 30  # seconds a request may take
LONGEST_TITLE = 120
# Comments are from people in one place about one service: they go to teams. The first kind that exists is taken.
UNIT_KINDS = ["TEAM", "SITE", "FUNCTION", "OTHER", "REGION"]


class Refused(Exception):
    """The server understood and said no: trying again changes nothing."""


class Unreachable(Exception):
    """No answer after all tries."""


class Connection:
    """One kept-alive connection of one worker."""

    def __init__(self, url, token):
        parts = urllib.parse.urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"--url must be an http or https address, not {url!r}")
        self.parts, self.token, self.open = parts, token, None
        path = parts.path.rstrip("/")
        self.path = path if path.endswith("/graphql") else f"{path}/graphql"

    def ask(self, document, variables):
        """The `data` of the answer."""
        return self.ask_until(document, variables)[0]

    def ask_until(self, document, variables):
        """The `data` of the answer, and after how many tries: connection errors, 429 and 5xx are tried again with the same bytes."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        pause, last = FIRST_PAUSE, "no answer"
        for tries in range(1, TRIES + 1):
            try:
                status, wait, answer = self.once(body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                last = f"{type(error).__name__}: {error}"
            else:
                if status != 429 and status < 500:
                    return unwrapped(status, answer), tries
                last = f"HTTP {status}"
                pause = max(pause, wait)
            time.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, 10)
        raise Unreachable(f"{self.parts.netloc} after {TRIES} tries: {last}")

    def once(self, body):
        if self.open is None:
            make = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
            further = {"context": ssl.create_default_context()} if self.parts.scheme == "https" else {}
            self.open = make(self.parts.hostname, self.parts.port, timeout=TIMEOUT, **further)
            self.open.connect()
            self.open.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {self.token}"}
        self.open.request("POST", self.path, body, headers)
        answer = self.open.getresponse()
        wait = answer.headers.get("Retry-After", "")
        return answer.status, float(wait) if wait.isdigit() else 0, answer.read()

    def close(self):
        if self.open is not None:
            self.open.close()
            self.open = None


def unwrapped(status, answer):
    try:
        parsed = json.loads(answer)
    except ValueError:
        raise Refused(f"HTTP {status}, and the answer is not JSON") from None
    errors = parsed.get("errors") or []
    if errors:
        code = (errors[0].get("extensions") or {}).get("code", "?")
        raise Refused(f"{code}: {errors[0].get('message')}")
    if not isinstance(parsed.get("data"), dict):
        raise Refused(f"HTTP {status} without data")
    return parsed["data"]


# ---------------------------------------------------------------- rows

def client_key(source, number):
    """The same for the same row, whenever and wherever it is sent."""
    return f"{source}-{hashlib.sha256(number.encode()).hexdigest()[:40]}"


def read_csv(path, needed):
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in needed if name not in (reader.fieldnames or [])]
        if missing:
            raise ValueError(f"{path}: the header lacks {', '.join(missing)}")
        return list(reader)


def comments_of(path):
    for row in read_csv(path, ["comment_id", "trust", "service", "text"]):
        yield {"kind": "observation", "number": row["comment_id"], "key": client_key("comment", row["comment_id"]),
               "text": row["text"].strip(), "place": (row["trust"].strip(), " ".join(row["service"].split()))}


def ideas_of(path):
    for place, row in enumerate(read_csv(path, ["title", "description", "org"] if has_org(path) else ["title", "description"]), 1):
        # Titles repeat in the source, so without a number the place in the file is the number.
        number = row.get("idea_id") or f"row {place}"
        yield {"kind": "idea", "number": number, "key": client_key("idea", number), "title": row["title"].strip()[:LONGEST_TITLE],
               "text": row["description"].strip(), "place": (" ".join((row.get("org") or row.get("submitter_org") or "").split()),)}


def has_org(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return "org" in (csv.DictReader(file).fieldnames or [])


def rows_of(options):
    """The rows to send; blank ones are counted and left out, the API would rightly refuse them."""
    rows = []
    if options.comments:
        rows += list(comments_of(options.comments))[:options.limit]
    if options.ideas:
        rows += list(ideas_of(options.ideas))[:options.limit]
    filled = [row for row in rows if row["text"] and row.get("title", "-")]
    distinct = {row["key"]: row for row in filled}
    return list(distinct.values()), len(rows) - len(filled), len(filled) - len(distinct)


# ---------------------------------------------------------------- units

def units_of(connection):
    units, after = [], None
    while True:
        page = connection.ask(UNITS, {"after": after})["units"]
        units += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    for kind in UNIT_KINDS:
        fitting = [unit for unit in units if unit["kind"] == kind]
        if fitting:
            named = {str(unit[field]).casefold(): unit for unit in units for field in ("name", "code") if unit.get(field)}
            return sorted(fitting, key=lambda unit: (unit.get("code") or "", unit["id"])), named
    raise Refused("the token reads no units")


def assign(rows, units, named):
    """A row whose trust or service is the code or name of a unit goes there; the others go round, each place from its own start."""
    starts = {place: number for number, place in enumerate(sorted({row["place"] for row in rows}))}
    turns = collections.Counter()
    for row in rows:
        place = row["place"]
        known = next((named[part.casefold()] for part in reversed(place) if part.casefold() in named), None)
        row["unit"] = known or units[(starts[place] + turns[place]) % len(units)]
        turns[place] += 1


def count(connection, unit):
    found = connection.ask(COUNT, {"units": [unit["id"]]})["submissions"]
    if not found["totalCountIsExact"]:
        raise Refused(f"unit {unit['code']} has more submissions than the API counts; choose an emptier data folder")
    return found["totalCount"]


# ---------------------------------------------------------------- sending

class Run:
    """What the workers share."""

    def __init__(self, rows, authors):
        self.waiting, self.lock = queue.SimpleQueue(), threading.Lock()
        for number, row in enumerate(rows):
            self.waiting.put((row, authors[number % len(authors)] if authors else None))
        self.total, self.done = len(rows), 0
        # What the server had already: known from another run; unsure if an earlier try of this run may have brought it.
        self.new, self.known, self.unsure = collections.Counter(), collections.Counter(), collections.Counter()
        self.refused, self.millis = [], []

    def work(self, connection):
        while True:
            try:
                row, author = self.waiting.get_nowait()
            except queue.Empty:
                connection.close()
                return
            started = time.monotonic()
            try:
                outcome = send(connection, row, author)
            except (Refused, Unreachable) as reason:
                self.note(row, started, reason=str(reason))
            except Exception as error:  # a defect must show as a refused row, never as a quietly missing one
                self.note(row, started, reason=f"{type(error).__name__}: {error}")
            else:
                self.note(row, started, outcome=outcome)

    def note(self, row, started, outcome=None, reason=None):
        with self.lock:
            self.done += 1
            self.millis.append((time.monotonic() - started) * 1000)
            if reason is not None:
                self.refused.append({"number": row["number"], "unit": row["unit"]["code"], "reason": reason})
            else:
                getattr(self, outcome)[row["unit"]["id"]] += 1
            if sys.stderr.isatty() and (self.done % 10 == 0 or self.done == self.total):
                print(f"\r{self.done} of {self.total}", end="\n" if self.done == self.total else "", file=sys.stderr, flush=True)


def send(connection, row, author):
    """Sends one row; says if it is `new` to the server, `known`, or `unsure`: known, but an earlier answer may be lost."""
    document, field, node, make_input = KINDS[row["kind"]]
    data, tries = connection.ask_until(document, {"input": make_input(row, row["unit"], author)})
    payload = data[field]
    errors = payload["userErrors"]
    if errors:
        raise Refused("; ".join(f"{error['code']} at {error.get('field')}: {error['message']}" for error in errors))
    if not (payload.get(node) or {}).get("id"):
        raise Refused("neither an id nor an error came back")
    if not payload["alreadyReceived"]:
        return "new"
    return "known" if tries == 1 else "unsure"


# ---------------------------------------------------------------- report

def share(millis, part):
    ordered = sorted(millis)
    return round(ordered[min(int(len(ordered) * part), len(ordered) - 1)], 1) if ordered else None


def report(run, rows, before, after, seconds, left_out):
    sent = collections.Counter(row["unit"]["id"] for row in rows)
    names = {row["unit"]["id"]: row["unit"] for row in rows}
    # If this is the first run, whatever came back as received before was brought by a try of this run.
    first_run = not run.known
    units = []
    for key in sorted(sent, key=lambda key: names[key].get("code") or ""):
        # Counted from the file, without looking at what the server said about single rows, but for those it had before.
        most = sent[key] - run.known[key]
        least = most if first_run else most - run.unsure[key]
        counted = after[key] - before[key]
        units.append({"code": names[key].get("code"), "name": names[key]["name"], "rows": sent[key], "already_there": run.known[key],
                      "unsure": run.unsure[key], "counted": counted, "agrees": least <= counted <= most})
    return {"rows": len(rows), "new": sum(run.new.values()), "already_there": sum(run.known.values()),
            "unsure": sum(run.unsure.values()), "refused": run.refused,
            "blank": left_out[0], "twice_in_file": left_out[1], "seconds": round(seconds, 2),
            "per_second": round(len(rows) / seconds, 1) if seconds else None,
            "p50_ms": share(run.millis, 0.5), "p99_ms": share(run.millis, 0.99), "units": units,
            "agrees": not run.refused and all(unit["agrees"] for unit in units)}


def show(result):
    print(f"{'unit':12} {'rows':>6} {'had':>6} {'counted':>8}")
    for unit in result["units"]:
        mark = "" if unit["agrees"] else "   differs"
        print(f"{unit['code'] or '-':12} {unit['rows']:6} {unit['already_there']:6} {unit['counted']:8}{mark}   {unit['name']}")
    print(f"\n{result['rows']} rows to {len(result['units'])} units in {result['seconds']} s ({result['per_second']} a second, "
          f"p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms)")
    print(f"{result['new']} new, {result['already_there']} already there, {result['unsure']} answered by a second try, {len(result['refused'])} refused; "
          f"left out: {result['blank']} blank, {result['twice_in_file']} twice in the file")
    for refusal in result["refused"][:10]:
        print(f"refused: {refusal['number']} ({refusal['unit']}): {refusal['reason']}")
    print("The counts agree." if result["agrees"] else "THE COUNTS DO NOT AGREE, or rows were refused.")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="address of the server, with or without /graphql")
    parser.add_argument("--token", default=os.environ.get("EARSHOT_TOKEN"), help="API token (or the variable EARSHOT_TOKEN)")
    parser.add_argument("--comments", type=pathlib.Path, default=FIXTURES / "patient_comments_200.csv", help="CSV file of comments")
    parser.add_argument("--ideas", type=pathlib.Path, default=FIXTURES / "employee_ideas_65.csv", help="CSV file of ideas")
    parser.add_argument("--limit", type=int, help="at most so many rows of each file")
    parser.add_argument("--workers", type=int, default=4, help="connections at the same time (4)")
    parser.add_argument("--on-behalf-of", default="", metavar="CODES", help="staff codes, with commas, that take turns as author")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    if not options.token:
        parser.error("a token is needed: --token or EARSHOT_TOKEN")
    if options.workers < 1 or (options.limit is not None and options.limit < 0):
        parser.error("--workers must be at least 1 and --limit at least 0")
    return options


def main():
    options = arguments()
    try:
        connection = Connection(options.url, options.token)
        rows, blank, twice = rows_of(options)
        units, named = units_of(connection)
        assign(rows, units, named)
        used = {row["unit"]["id"]: row["unit"] for row in rows}
        before = {key: count(connection, unit) for key, unit in used.items()}
        run = Run(rows, [code.strip() for code in options.on_behalf_of.split(",") if code.strip()])
        started = time.monotonic()
        workers = [threading.Thread(target=run.work, args=(Connection(options.url, options.token),)) for _ in range(options.workers)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seconds = time.monotonic() - started
        after = {key: count(connection, unit) for key, unit in used.items()}
    except (Refused, Unreachable, ValueError, OSError, KeyError) as reason:
        print(f"send_real: {reason if not isinstance(reason, KeyError) else f'the answer lacks {reason}'}", file=sys.stderr)
        return 2
    result = report(run, rows, before, after, seconds, (blank, twice))
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        show(result)
    return 0 if result["agrees"] else 1


if __name__ == "__main__":
    sys.exit(main())

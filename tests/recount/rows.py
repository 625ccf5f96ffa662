"""The rows of the demo, as they were exported, and nothing that is computed from them."""

import collections
import datetime
import json
import sqlite3

DAY = 86_400_000_000
TABLES = """org_unit unit_closure person role_grant service_principal touchpoint submission submission_text submission_tag
attachment decision decision_seen vote follow comment cause_link root_cause queue_view cause_resolution resolved_cause
resolution_item action_plan action_item action_check trial outcome outcome_figure outcome_confirmation adoption help
moderation notification""".split()


def read(path):
    """All rows by table: from JSON {table: [{column: value}]}, or from a SQLite file."""
    if not path.endswith(".db"):
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    return {table: [dict(row) for row in base.execute(f"SELECT * FROM {table}")] for table in TABLES}


def plain(value):
    """Ids in one form, whatever the database made of them."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
        return value.replace("-", "")
    return value


def opaque(kind, key):
    """An id as the API writes it: the kind and 26 characters of Crockford's base 32."""
    number, signs = int(key, 16), []
    for _ in range(26):
        signs.append("0123456789abcdefghjkmnpqrstvwxyz"[number & 31])
        number >>= 5
    return f"{kind}_{''.join(reversed(signs))}"


def day_of(at):
    """The calendar day (UTC) of an instant."""
    return datetime.datetime.fromtimestamp(at / 1_000_000, datetime.timezone.utc).date()


def start_of(day):
    """The first microsecond of a calendar day (UTC)."""
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp()) * 1_000_000


def written(at):
    """An instant as the API writes it; to the second, which is as fine as anybody is told."""
    if at is None:
        return None
    moment = datetime.datetime.fromtimestamp(at // 1_000_000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


class Rows:
    """Every table, by what is asked of it."""

    def __init__(self, tables, now):
        rows = {table: [{key: plain(value) for key, value in row.items()} for row in found] for table, found in tables.items()}
        missing = [table for table in TABLES if table not in rows]
        if missing:
            raise SystemExit(f"these tables are not among the rows: {missing}")
        if rows["moderation"]:
            raise SystemExit("the recount knows no rule for what is hidden or locked, and the demo has some now")
        self.now, self.all = now, rows
        self.units = self.by_id("org_unit")
        self.people = self.by_id("person")
        self.by_code = {row["staff_code"]: row for row in rows["person"]}
        self.subs = self.by_id("submission")
        self.by_reference = {row["reference"]: row for row in rows["submission"]}
        self.causes = self.by_id("root_cause")
        self.above = collections.defaultdict(set)
        for row in rows["unit_closure"]:
            self.above[row["descendant"]].add(row["ancestor"])
        self.grants = collections.defaultdict(set)
        for row in rows["role_grant"]:
            self.grants[row["person_id"]].add((row["role"], row["unit_id"]))
        self.votes = {key: [row["person_id"] for row in found] for key, found in self.of("vote").items()}
        self.decisions = self.of("decision", order=("decided_at", "id"))

    def by_id(self, table):
        return {row["id"]: row for row in self.all[table]}

    def of(self, table, by="submission_id", order=()):
        """The rows of a table by what they belong to, in order."""
        found = collections.defaultdict(list)
        for row in sorted(self.all[table], key=lambda row: tuple(row[name] for name in order)):
            found[row[by]].append(row)
        return found

    def unit(self, code):
        return next(row for row in self.units.values() if row["code"] == code)

    def name(self, person):
        return {"name": self.people[person]["name"]} if person else None

    def code(self, unit):
        return {"code": self.units[unit]["code"]} if unit else None

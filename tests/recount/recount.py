#!/usr/bin/env python3
"""Counts anew what the screens of the demo show, from its rows alone.

    recount.py ROWS --now MICROSECONDS PERSON...

ROWS is a SQLite file, or JSON {table: [{column: value}]}. PERSON is a staff code. Prints JSON: for each person what they
are to be shown. Written from the rules of the product (who reads what, reach, clocks, what came of it), not from the code
that answers: no figure that the application keeps (counts, reach, due dates) is read here.
"""

import argparse
import collections
import datetime
import json
import sqlite3

DAY = 86_400_000_000
DONE = ("IMPLEMENTED", "SUSTAINED")
UNDECIDED = ("SUBMITTED", "UNDER_REVIEW")
PAUSING = ("NEEDS_INFO", "DEFERRED")
TABLES = """org_unit unit_closure person role_grant submission decision vote comment cause_link root_cause queue_view
cause_resolution resolved_cause resolution_item""".split()


def read(path):
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


class BusinessTime:
    """Monday to Friday, nine to five, of London; Christmas, Boxing Day and New Year's Day are off."""

    def __init__(self):
        self.spans = {}

    @staticmethod
    def last_sunday(year, month):
        last = datetime.date(year, month, 31)
        return last - datetime.timedelta(days=(last.weekday() + 1) % 7)

    def span(self, day):
        """First and last microsecond of work on a day, or none."""
        if day not in self.spans:
            summer = self.last_sunday(day.year, 3) <= day < self.last_sunday(day.year, 10)
            off = day.weekday() > 4 or (day.month, day.day) in ((12, 25), (12, 26), (1, 1))
            start = int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp()) * 1_000_000
            nine = start + (8 if summer else 9) * 3_600_000_000
            self.spans[day] = None if off else (nine, nine + 8 * 3_600_000_000)
        return self.spans[day]

    def worked(self, start, end):
        """Microseconds of work between two instants."""
        total, day = 0, day_of(start)
        while day <= day_of(end):
            span = self.span(day)
            if span:
                total += max(0, min(span[1], end) - max(span[0], start))
            day += datetime.timedelta(days=1)
        return total

    def days(self, number):
        return number * 8 * 3_600_000_000

    def end_of(self, day):
        """Midnight in London at the end of a day."""
        day += datetime.timedelta(days=1)
        start = int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp()) * 1_000_000
        summer = self.last_sunday(day.year, 3) < day <= self.last_sunday(day.year, 10)
        return start - (3_600_000_000 if summer else 0)


def day_of(at):
    return datetime.datetime.fromtimestamp(at / 1_000_000, datetime.timezone.utc).date()


class Demo:
    def __init__(self, tables, now):
        rows = {table: [{key: plain(value) for key, value in row.items()} for row in found] for table, found in tables.items()}
        self.now, self.time, self.dues = now, BusinessTime(), {}
        self.units = {row["id"]: row for row in rows["org_unit"]}
        self.people = {row["id"]: row for row in rows["person"]}
        self.by_code = {row["staff_code"]: row for row in rows["person"]}
        self.subs = {row["id"]: row for row in rows["submission"]}
        self.causes = {row["id"]: row for row in rows["root_cause"]}
        self.above = collections.defaultdict(set)
        for row in rows["unit_closure"]:
            self.above[row["descendant"]].add(row["ancestor"])
        self.grants = collections.defaultdict(set)
        for row in rows["role_grant"]:
            self.grants[row["person_id"]].add((row["role"], row["unit_id"]))
        self.votes, self.comments, self.decisions = (collections.defaultdict(list) for _ in range(3))
        for row in rows["vote"]:
            self.votes[row["submission_id"]].append(row["person_id"])
        for row in rows["comment"]:
            self.comments[row["submission_id"]].append(row)
        for row in sorted(rows["decision"], key=lambda row: (row["decided_at"], row["id"])):
            self.decisions[row["submission_id"]].append(row)
        self.links, self.views = rows["cause_link"], rows["queue_view"]
        self.resolutions, self.resolved = rows["cause_resolution"], rows["resolution_item"]
        self.along = rows["resolved_cause"]
        self.tell()

    def tell(self):
        """What was announced, and who is joined with whom, from the decisions."""
        self.announced = {key: [d for d in self.decisions[key] if d["state"] == "ANNOUNCED"] for key in self.subs}
        self.shown = {key: (told[-1]["to_phase"] if told else "SUBMITTED") for key, told in self.announced.items()}
        self.root = {key: key for key in self.subs}
        for key, row in self.subs.items():
            if self.shown[key] == "MERGED":
                self.root[key] = row["merged_into"]
        for key in self.subs:
            while self.root[self.root[key]] != self.root[key]:
                self.root[key] = self.root[self.root[key]]
        self.group = collections.defaultdict(list)
        for key, root in self.root.items():
            self.group[root].append(key)

    # ------------------------------------------------------------ rights

    def holds(self, person, role, unit):
        return any((role, above) in self.grants[person] for above in self.above[unit])

    def reviews(self, person, sub):
        return self.holds(person, "REVIEWER", sub["unit_id"])

    def works_on(self, person, sub):
        inside = self.reviews(person, sub) and sub["author_id"] != person
        return inside or person in (sub["owner_id"], sub["assignee_id"])

    def reads(self, person, sub):
        if person in (sub["author_id"], sub["owner_id"], sub["assignee_id"]) or self.reviews(person, sub):
            return True
        if sub["phase"] == "WITHDRAWN":
            return False
        if self.holds(person, "MANAGER", sub["unit_id"]):
            return True
        if sub["kind"] != "IDEA":
            return False
        home = self.units[self.people[person]["home_unit_id"]]
        own_site = home["site_id"] == self.units[sub["unit_id"]]["site_id"]
        return own_site or sub["opened_at"] is not None or self.holds(person, "MODERATOR", sub["unit_id"])

    def sees_decided(self, person, sub):
        return self.works_on(person, sub) or self.holds(person, "MANAGER", sub["unit_id"])

    # ------------------------------------------------------------ feed, detail

    def feed(self, person):
        ideas = [sub for sub in self.subs.values() if sub["kind"] == "IDEA" and self.reads(person, sub)]
        return [sub["reference"] for sub in sorted(ideas, key=lambda sub: (sub["created_at"], sub["id"]), reverse=True)]

    def behind_it(self, sub):
        """Who stands behind a submission but its author: voters, and authors of what was joined with it."""
        key = sub["id"]
        members = self.group[key] if self.root[key] == key else [key]
        cared = {voter for member in members for voter in self.votes[member]} | {self.subs[member]["author_id"] for member in members if member != key}
        return cared - {sub["author_id"]}

    def detail(self, person, sub):
        key = sub["id"]
        said = [comment for comment in self.comments[key] if comment["visibility"] == "PUBLIC"]
        # What everybody sees of a joined one is what becomes of the one that it was joined with.
        shown = self.shown[self.root[key]]
        return {"phase": sub["phase"] if self.sees_decided(person, sub) else shown, "shownPhase": shown,
                "voteCount": len(self.behind_it(sub)), "commentCount": len(said)}

    # ------------------------------------------------------------ queue

    def barred(self, person, sub):
        """Who declined it does not take the second look, where there is another reviewer."""
        if sub["second_look_at"] is None:
            return False
        declines = [d for d in self.announced[sub["id"]] if d["to_phase"] == "DECLINED" and d["closed_at"] <= sub["second_look_at"]]
        others = [p for p in self.people if p not in (person, sub["author_id"]) and self.reviews(p, sub)]
        return bool(declines and others) and declines[-1]["decider_id"] == person

    def queue(self, person):
        return [sub for sub in self.subs.values() if sub["phase"] in UNDECIDED and self.reviews(person, sub)
                and sub["author_id"] != person and not self.barred(person, sub)]

    def next_due(self, sub):
        """The first of its clocks to run out; none while they are paused, or when none runs."""
        key, dues = sub["id"], []
        if self.shown[key] in PAUSING:
            return None
        if self.answered_at(key) is None:
            dues.append(self.due(key, sub["created_at"], 2))
        since = self.waits_for_decision_since(key)
        if since is not None:
            dues.append(self.due(key, since, 10))
        if sub["promised_on"]:
            dues.append(self.time.end_of(datetime.date.fromisoformat(sub["promised_on"])))
        return min(dues, default=None)

    def in_order(self, queue):
        """The queue as a sequence, in each of its orders; among equals the oldest first."""
        worst = ["CRITICAL", "HIGH", "MEDIUM", "LOW", None]
        firsts = {
            "DUE": lambda sub: self.next_due(sub) or float("inf"),
            "SEVERITY": lambda sub: worst.index(sub["severity"]),
            "REACH": lambda sub: -len(self.behind_it(sub)),
            "OLDEST": lambda sub: 0,
        }
        age = lambda sub: (sub["created_at"], sub["id"])
        orders = {name: sorted(queue, key=lambda sub: (first(sub), age(sub))) for name, first in firsts.items()}
        orders["NEWEST"] = sorted(queue, key=age, reverse=True)
        return {name: [sub["reference"] for sub in subs] for name, subs in orders.items()}

    def in_view(self, view, sub):
        asked = json.loads(view["filter"])
        fits = {"severity": lambda it: sub["severity"] in it["in"], "kind": lambda it: sub["kind"] in it["in"],
                "assignee": lambda it: (sub["assignee_id"] is None) == it["isNull"]}
        return all(fits[field](wanted) for field, wanted in asked.items())

    # ------------------------------------------------------------ causes

    def below(self, cause):
        found = {cause}
        for other in self.causes.values():
            line, at = [], other["id"]
            while at is not None:
                line.append(at)
                at = self.causes[at]["parent_id"]
            if cause in line and other["status"] not in ("REJECTED", "MERGED"):
                found.add(other["id"])
        return found

    def behind(self, causes, decided):
        """Submissions behind causes: the whole group of whatever is linked, but for what was taken back."""
        pending = {d["id"] for found in self.decisions.values() for d in found if d["state"] == "PENDING"}
        linked = {link["submission_id"] for link in self.links if link["cause_id"] in causes and (decided or link["decision_id"] not in pending)}
        members = {member for key in linked for member in self.group[self.root[key]]}
        return {member for member in members if self.subs[member]["phase"] != "WITHDRAWN"}

    def measure(self, causes, decided, what):
        behind = self.behind(causes, decided)
        if what == "SUBMISSIONS":
            return len(behind)
        return len({self.subs[key]["author_id"] for key in behind} | {voter for key in behind for voter in self.votes[key]})

    def pareto(self, parent, decided, what):
        level = [cause for cause in self.causes.values() if cause["parent_id"] == parent and cause["status"] not in ("REJECTED", "MERGED")]
        bars = [(self.measure(self.below(cause["id"]), decided, what), cause["name"]) for cause in level]
        bars = sorted(((value, name) for value, name in bars if value >= (1 if decided else 5)), key=lambda bar: (-bar[0], bar[1]))
        return {"bars": bars, "sum": sum(value for value, _ in bars)}

    # ------------------------------------------------------------ clocks

    def pauses(self, key):
        begun, spans = None, []
        for told in self.announced[key]:
            if begun is not None:
                spans.append((begun, told["closed_at"]))
            begun = told["closed_at"] if told["to_phase"] in PAUSING else None
        return spans + ([(begun, self.now)] if begun is not None else [])

    def spent(self, key, start, end):
        off = sum(self.time.worked(max(start, a), min(end, b)) for a, b in self.pauses(key) if max(start, a) < min(end, b))
        return self.time.worked(start, end) - off

    def due(self, key, start, days):
        """The first instant at which so many days of work have passed."""
        if (key, start, days) not in self.dues:
            early, late = start, start
            while self.spent(key, start, late) < self.time.days(days) and late < self.now + 40 * DAY:
                early, late = late, late + DAY
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if self.spent(key, start, middle) < self.time.days(days) else (early, middle)
            self.dues[key, start, days] = late
        return self.dues[key, start, days]

    def answered_at(self, key):
        sub = self.subs[key]
        moves = [d["closed_at"] for d in self.announced[key] if d["letter"] in ("R", "M")]
        said = [c["created_at"] for c in self.comments[key] if c["visibility"] == "PUBLIC" and c["author_id"] != sub["author_id"]
                and self.reviews(c["author_id"], sub)]
        return min(moves + said, default=None)

    def waits_for_decision_since(self, key):
        """When the round began that nobody has ended; none when it is decided."""
        since, phase = self.subs[key]["created_at"], "SUBMITTED"
        for decision in self.decisions[key]:
            to = decision["to_phase"]
            if to in PAUSING:
                continue
            if to in UNDECIDED:
                since = decision["decided_at"] if since is None else since
            else:
                since = None
            phase = to
        return since if phase in UNDECIDED else None

    def overdue(self, sub):
        key = sub["id"]
        if self.shown[key] in PAUSING or sub["phase"] in ("WITHDRAWN",):
            return []
        late = []
        if self.answered_at(key) is None and self.due(key, sub["created_at"], 2) < self.now:
            late.append("FIRST_RESPONSE")
        since = self.waits_for_decision_since(key)
        if since is not None and self.due(key, since, 10) < self.now:
            late.append("DECISION")
        open_ = sub["phase"] not in DONE + ("DECLINED", "MERGED", "WITHDRAWN")
        if open_ and sub["promised_on"] and self.time.end_of(datetime.date.fromisoformat(sub["promised_on"])) < self.now:
            late.append("PROMISED")
        return late

    def breaches(self, person):
        mine = [sub for sub in self.subs.values() if (self.reviews(person, sub) and sub["author_id"] != person) or self.holds(person, "MANAGER", sub["unit_id"])]
        return sorted([sub["reference"], kind] for sub in mine for kind in self.overdue(sub))

    def coverage(self, unit, days):
        counts = collections.Counter()
        for key, sub in self.subs.items():
            first = day_of(self.now) - datetime.timedelta(days=days)
            if unit not in self.above[sub["unit_id"]] or day_of(sub["created_at"]) < first:
                continue
            answered = self.answered_at(key)
            if answered is None and sub["phase"] == "WITHDRAWN":
                continue
            counts["submissions"] += 1
            counts["answered"] += answered is not None
            counts["answeredInTime"] += answered is not None and answered <= self.due(key, sub["created_at"], 2)
            counts["overdue"] += "FIRST_RESPONSE" in self.overdue(sub)
        return {name: counts[name] for name in ("submissions", "answered", "answeredInTime", "overdue")}

    # ------------------------------------------------------------ what changed, what came of it

    def done_at(self, key):
        """The last time that everybody was told that it is done."""
        at, before = None, "SUBMITTED"
        for told in self.announced[key]:
            if told["to_phase"] == "IMPLEMENTED" and before != "IMPLEMENTED":
                at = told["closed_at"]
            before = told["to_phase"]
        return at

    def wall(self, person, site):
        here = lambda sub: site in self.above[sub["unit_id"]]
        ideas = [sub for key, sub in self.subs.items() if here(sub) and sub["kind"] == "IDEA" and self.shown[key] in DONE and self.reads(person, sub)]
        ideas.sort(key=lambda sub: (self.done_at(sub["id"]), sub["id"]), reverse=True)
        # A voice that was joined with one of another site was heard here too.
        behind = lambda key: any(here(self.subs[member]) for member in self.group[key])
        moved = {item["resolution_id"] for item in self.resolved if item["state"] == "MOVED" and behind(item["submission_id"])}
        told = {row["id"] for row in self.resolutions if row["id"] in moved and row["release_at"] is not None and row["release_at"] <= self.now}
        causes = {row["cause_id"] for row in self.along if row["resolution_id"] in told and self.causes[row["cause_id"]]["status"] == "RESOLVED"}
        return {"ideas": [sub["reference"] for sub in ideas], "causes": sorted(self.causes[key]["name"] for key in causes)}

    def came(self, person):
        counts = collections.Counter()
        mine = [sub for sub in self.subs.values() if sub["author_id"] == person]
        places = {"waiting": UNDECIDED + PAUSING, "underWay": ("ACCEPTED", "PLANNED", "IN_PROGRESS"), "done": DONE, "declined": ("DECLINED",), "takenBack": ("WITHDRAWN",)}
        for sub in mine:
            shown = self.shown[self.root[sub["id"]]]
            counts[next(place for place, phases in places.items() if shown in phases)] += 1
        agreed = {voter for sub in mine for voter in self.votes[sub["id"]]} - {person}
        return {"sent": len(mine), **{place: counts[place] for place in places}, "agreed": len(agreed)}

    # ------------------------------------------------------------ all of it

    def screens(self, code):
        person = self.by_code[code]["id"]
        roles = {role for role, _ in self.grants[person]}
        feed = self.feed(person)
        detail = {self.subs[key]["reference"]: self.detail(person, self.subs[key]) for key in self.subs if self.subs[key]["reference"] in set(feed[:60])}
        shown = {"feed": feed, "detail": detail, "whatCameOfIt": self.came(person),
                 "wall": {unit["code"]: self.wall(person, unit["id"]) for unit in self.units.values() if unit["kind"] == "SITE"}}
        if roles & {"REVIEWER"}:
            queue = self.queue(person)
            shown["queue"] = self.in_order(queue)
            shown["views"] = {view["name"]: sum(self.in_view(view, sub) for sub in queue) for view in self.views}
            shown["causes"] = {cause["name"]: [self.measure(self.below(key), True, what) for what in ("REACH", "SUBMISSIONS")] for key, cause in self.causes.items()}
        if roles & {"REVIEWER", "MANAGER", "EXECUTIVE"}:
            decided = "REVIEWER" in roles
            parents = {cause["parent_id"] for cause in self.causes.values()}
            shown["pareto"] = {what: {self.causes[parent]["name"] if parent else "": self.pareto(parent, decided, what) for parent in parents} for what in ("REACH", "SUBMISSIONS")}
        if roles & {"REVIEWER", "MANAGER"}:
            shown["breaches"] = self.breaches(person)
        if roles & {"REVIEWER", "EXECUTIVE"}:
            own = [unit for role, unit in self.grants[person] if role in ("REVIEWER", "EXECUTIVE")]
            shown["coverage"] = {self.units[unit]["code"]: self.coverage(unit, 90) for unit in own}
        return shown


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows")
    parser.add_argument("--now", type=int, required=True, help="the present, in microseconds since 1970 UTC")
    parser.add_argument("people", nargs="+", help="staff codes")
    options = parser.parse_args()
    demo = Demo(read(options.rows), options.now)
    print(json.dumps({code: demo.screens(code) for code in options.people}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()

"""What is asked of each screen, and what the answer must be."""

import datetime
import json

from clocks import UNDECIDED
from detail import SELECTION, STEPS
from rows import DAY, day_of, opaque, written

WORST = ["CRITICAL", "HIGH", "MEDIUM", "LOW", None]
ROW = "reference phase shownPhase voteCount commentCount"
QUEUE = "reference phase severity voteCount reach"
SAID = {
    "en": {
        "nothing": "You have not told us anything in this time. We would like to hear from you.",
        "sent": ("You told us about one thing.", "You told us about # things."),
        "done": ("One is done.", "# are done."),
        "underWay": ("We said yes to one, and it is not done yet.", "We said yes to #, and they are not done yet."),
        "waiting": ("One waits for our answer.", "# wait for our answer."),
        "declined": ("One is not going ahead; we told you why.", "# are not going ahead; we told you why."),
        "takenBack": ("You took one back.", "You took # back."),
        "agreed": ('One other person said "me too".', '# other people said "me too".'),
    },
    "es": {
        "nothing": "En este tiempo no nos contaste nada. Nos gustaría saber de ti.",
        "sent": ("Nos contaste una cosa.", "Nos contaste # cosas."),
        "done": ("Una está hecha.", "# están hechas."),
        "underWay": ("A una le dijimos que sí y aún no está hecha.", "A # les dijimos que sí y aún no están hechas."),
        "waiting": ("Una espera nuestra respuesta.", "# esperan nuestra respuesta."),
        "declined": ("Una no sigue adelante; te dijimos por qué.", "# no siguen adelante; te dijimos por qué."),
        "takenBack": ("Una la retiraste.", "# las retiraste."),
        "agreed": ("Otra persona dijo «a mí también».", "Otras # personas dijeron «a mí también»."),
    },
}


def check(screen, what, document, expect, variables=None, *, root=None, pages=False, only=None):
    return {"screen": screen, "what": what, "document": " ".join(document.split()), "variables": variables or {}, "root": root, "pages": pages,
            "only": only, "expect": expect}


def paged(screen, what, field, selection, expect, filter_=None, kind="SubmissionFilter", order=None, size=100):
    """A whole list, page after page."""
    arguments = f"first: {size}, after: $after" + (", filter: $filter" if filter_ is not None else "") + (f", orderBy: {order}" if order else "")
    declared = "$after: String" + (f", $filter: {kind}" if filter_ is not None else "")
    document = f"query({declared}) {{ {field}({arguments}) {{ nodes {{ {selection} }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"
    return check(screen, what, document, expect, {"filter": filter_} if filter_ is not None else {}, root=field, pages=True)


class Screens:
    def __init__(self, rows, tellings, rights, causes, clocks, detail):
        self.rows, self.told, self.rights, self.causes, self.clocks, self.detail = rows, tellings, rights, causes, clocks, detail

    def id_of(self, kind, row):
        return opaque(kind, row["id"])

    def unit(self, code):
        return self.id_of("unit", self.rows.unit(code))

    def under(self, code):
        key = self.rows.unit(code)["id"]
        return lambda sub: key in self.rows.above[sub["unit_id"]]

    def shown_as(self, person, sub):
        """Where a list knows it to stand: as decided for who may see that, else as told; a joined one is MERGED."""
        return sub["phase"] if self.rights.works_on(person, sub) else self.told.own[sub["id"]]

    def has_words(self, sub, *words):
        text = next(row for row in self.detail.texts[sub["id"]] if row["id"] == sub["text_id"])
        said = " ".join(part or "" for part in (text["title"], text["body"], text["customer_words"])).casefold()
        return all(word in "".join(sign if sign.isalnum() else " " for sign in said).split() for word in words)

    # ------------------------------------------------------------ feed

    def row(self, person, sub):
        return {"reference": sub["reference"], "phase": sub["phase"] if self.rights.works_on(person, sub) else self.told.shown[sub["id"]],
                "shownPhase": self.told.shown[sub["id"]], "voteCount": self.told.voters(sub["id"]),
                "commentCount": sum(row["visibility"] == "PUBLIC" for row in self.detail.comments[sub["id"]])}

    def list(self, person, kinds, fits=lambda sub: True, key=lambda sub: sub["created_at"], falls=True):
        subs = [sub for sub in self.rows.subs.values() if sub["kind"] in kinds and self.rights.reads(person, sub) and fits(sub)]
        return sorted(subs, key=lambda sub: (key(sub), sub["id"]), reverse=falls)

    def feed(self, person):
        ideas, both = ("IDEA",), ("IDEA", "OBSERVATION")
        rows = lambda subs: [self.row(person, sub) for sub in subs]
        short = lambda subs: [{"reference": sub["reference"]} for sub in subs]
        yield paged("feed", "ideas, as they come", "ideas", ROW, rows(self.list(person, ideas)))
        orders = {"CREATED_AT": lambda sub: sub["created_at"], "UPDATED_AT": lambda sub: sub["updated_at"], "VOTES": lambda sub: self.told.voters(sub["id"])}
        for field, key in orders.items():
            for direction in ("ASC", "DESC"):
                found = self.list(person, ideas, key=key, falls=direction == "DESC")
                yield paged("feed", f"ideas by {field} {direction}", "ideas", "reference voteCount",
                            [{"reference": sub["reference"], "voteCount": self.told.voters(sub["id"])} for sub in found],
                            order=f"[{{field: {field}, direction: {direction}}}]")
        month = self.rows.now // 1_000_000 * 1_000_000 - 30 * DAY
        point = next(row for row in self.rows.all["touchpoint"] if row["name"])
        filters = {
            "of a region": ({"unit": {"inSubtree": self.unit("M")}}, self.under("M")),
            "of a site": ({"unit": {"inSubtree": self.unit("KM")}}, self.under("KM")),
            "of two teams": ({"unit": {"in": [self.unit("KM-W7"), self.unit("FS-RC")]}}, lambda sub: self.rows.units[sub["unit_id"]]["code"] in ("KM-W7", "FS-RC")),
            "that wait": ({"phase": {"in": ["SUBMITTED", "UNDER_REVIEW"]}}, lambda sub: self.shown_as(person, sub) in UNDECIDED),
            "that are done": ({"phase": {"in": ["IMPLEMENTED", "SUSTAINED"]}}, lambda sub: self.shown_as(person, sub) in ("IMPLEMENTED", "SUSTAINED")),
            "that were joined": ({"phase": {"in": ["MERGED"]}}, lambda sub: self.shown_as(person, sub) == "MERGED"),
            "of comfort": ({"tag": {"in": ["comfort"]}}, lambda sub: self.bears(sub, "comfort")),
            "of no tag named": ({"not": {"tag": {"in": ["comfort", "at the door"]}}}, lambda sub: not (self.bears(sub, "comfort") or self.bears(sub, "at the door"))),
            "of mine": ({"author": "ME"}, lambda sub: sub["author_id"] == person),
            "with a photo": ({"hasPhoto": True}, lambda sub: bool(self.detail.photos[sub["id"]])),
            "in Spanish": ({"language": {"in": ["es"]}}, lambda sub: sub["language"] == "es"),
            "of the last month": ({"createdAt": {"gte": written(month) + "Z"}}, lambda sub: sub["created_at"] >= month),
            "of a touchpoint": ({"touchpoint": {"in": [self.id_of("touchpoint", point)]}}, lambda sub: sub["touchpoint_id"] == point["id"]),
            "bad or with a photo": ({"or": [{"severity": {"in": ["HIGH", "CRITICAL"]}}, {"hasPhoto": True}]},
                                    lambda sub: sub["severity"] in ("HIGH", "CRITICAL") or bool(self.detail.photos[sub["id"]])),
            "that speak of a desk": ({"text": "DESK the"}, lambda sub: self.has_words(sub, "desk") and self.starts(sub, "the")),
        }
        for name, (asked, fits) in filters.items():
            yield paged("feed", f"all {name}", "submissions", "reference", short(self.list(person, both, fits)), asked)
        yield paged("feed", "observations", "observations", "reference", short(self.list(person, ("OBSERVATION",))))
        yield paged("feed", "what I sent", "mySubmissions", ROW, rows(self.list(person, both, lambda sub: sub["author_id"] == person)))

    def starts(self, sub, beginning):
        text = next(row for row in self.detail.texts[sub["id"]] if row["id"] == sub["text_id"])
        said = " ".join(part or "" for part in (text["title"], text["body"], text["customer_words"])).casefold()
        return any(word.startswith(beginning) for word in "".join(sign if sign.isalnum() else " " for sign in said).split())

    def bears(self, sub, tag):
        return any(row["tag"] == tag for row in self.detail.tags[sub["id"]])

    # ------------------------------------------------------------ detail

    def sample(self):
        """Submissions of every kind in every phase, and of everything that is rare."""
        chosen, seen = [], {}
        for sub in sorted(self.rows.subs.values(), key=lambda sub: sub["created_at"], reverse=True):
            key = sub["id"]
            marks = [(sub["kind"], sub["phase"]), ("twin", self.told.root[key] != key), ("joined", len(self.told.group[key]) > 1)]
            marks += [(table, True) for table in ("plans", "trials", "outcomes", "adoptions", "helpers", "photos", "tags") if getattr(self.detail, table)[key]]
            rare = sub["handover"] or sub["split_from"] or sub["author_id"] is None or self.told.pending[key] or len(self.detail.texts[key]) > 1
            if rare or any(seen.get(mark, 0) < 3 for mark in marks):
                chosen.append(sub)
                for mark in marks:
                    seen[mark] = seen.get(mark, 0) + 1
        return chosen

    def pages(self, person):
        sample = self.sample()
        for start in range(0, len(sample), 8):
            some = sample[start:start + 8]
            document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Idea {{ {SELECTION} }} ... on Observation {{ {SELECTION} }} }} }}"
            yield check("detail", "pages", document, [self.detail.page(person, sub) for sub in some],
                        {"ids": [self.id_of("sub", sub) for sub in some]}, root="nodes")
        # The history of one that was joined or split is another's too, and that of one with many votes has several pages.
        alone = [sub for sub in sample if self.told.root[sub["id"]] == sub["id"] and sub["split_from"] is None and len(self.rows.votes.get(sub["id"], ())) < 20]
        for start in range(0, len(alone), 8):
            some = alone[start:start + 8]
            document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Idea { history(first: 100) { nodes { kind from to decision { to seenAt } } } } ... on Observation { history(first: 100) { nodes { kind from to decision { to seenAt } } } } } }"
            yield check("detail", "steps", document, [self.detail.history(person, sub) if self.rights.reads(person, sub) else None for sub in some],
                        {"ids": [self.id_of("sub", sub) for sub in some]}, root="nodes", only=STEPS)
        everything = list(self.rows.subs.values())
        for start in range(0, len(everything), 100):
            some = everything[start:start + 100]
            document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Submission { reference } } }"
            yield check("detail", "who reads what", document, [{"reference": sub["reference"]} if self.rights.reads(person, sub) else None for sub in some],
                        {"ids": [self.id_of("sub", sub) for sub in some]}, root="nodes")

    # ------------------------------------------------------------ queue

    def queue(self, person):
        mine = self.rights.queue(person)
        waits = [sub for sub in mine if sub["phase"] in UNDECIDED]
        age = lambda sub: (sub["created_at"], sub["id"])
        firsts = {"DUE": lambda sub: self.clocks.next_due(sub) or float("inf"), "SEVERITY": lambda sub: WORST.index(sub["severity"]),
                  "REACH": lambda sub: -self.told.voters(sub["id"]), "OLDEST": lambda sub: 0}
        row = lambda sub: {"reference": sub["reference"], "phase": sub["phase"], "severity": sub["severity"],
                           "voteCount": self.told.voters(sub["id"]), "reach": self.told.voters(sub["id"]) + 1}
        for name, first in firsts.items():
            found = sorted(waits, key=lambda sub: (first(sub), age(sub)))
            yield paged("queue", f"by {name}", "triageQueue", QUEUE, [row(sub) for sub in found], order=name)
        found = sorted(waits, key=age, reverse=True)
        yield paged("queue", "by NEWEST", "triageQueue", QUEUE, [row(sub) for sub in found], order="NEWEST")
        days = lambda sub: (self.rows.now - sub["created_at"]) / DAY
        linked = lambda sub: [link for link in self.causes.of_sub[sub["id"]] if self.rows.causes[link["cause_id"]]["status"] != "REJECTED"]
        filters = {
            "of one kind": ({"kind": {"in": ["IDEA"]}}, lambda sub: sub["kind"] == "IDEA"),
            "bad": ({"severity": {"in": ["HIGH", "CRITICAL"]}}, lambda sub: sub["severity"] in ("HIGH", "CRITICAL")),
            "of a site": ({"unit": {"inSubtree": self.unit("KM")}}, self.under("KM")),
            "of nobody yet": ({"assignee": {"isNull": True}}, lambda sub: sub["assignee_id"] is None),
            "of mine": ({"mine": True}, lambda sub: sub["assignee_id"] == person),
            "of a function": ({"function": {"in": [self.unit("IT"), self.unit("FACILITIES")]}}, lambda sub: sub["function_id"] is not None),
            "with a photo": ({"hasPhoto": True}, lambda sub: bool(self.detail.photos[sub["id"]])),
            "of the telephone": ({"tag": {"in": ["telephone"]}}, lambda sub: self.bears(sub, "telephone")),
            "older than a week": ({"age": {"olderThanDays": 7}}, lambda sub: days(sub) >= 7),
            "younger than three days": ({"age": {"youngerThanDays": 3}}, lambda sub: days(sub) < 3),
            "without a cause": ({"cause": {"isNull": True}}, lambda sub: not linked(sub)),
            "in Spanish": ({"language": {"in": ["es"]}}, lambda sub: sub["language"] == "es"),
            "not bad and not ideas": ({"and": [{"not": {"kind": {"in": ["IDEA"]}}}, {"not": {"severity": {"in": ["HIGH", "CRITICAL"]}}}]},
                                      lambda sub: sub["kind"] != "IDEA" and sub["severity"] not in ("HIGH", "CRITICAL")),
            "put off": ({"snoozed": True}, lambda sub: sub["snoozed_until"] is not None and sub["snoozed_until"] > self.rows.now),
        }
        short = lambda subs: [{"reference": sub["reference"]} for sub in sorted(subs, key=age)]
        for name, (asked, fits) in filters.items():
            yield paged("queue", f"those {name}", "triageQueue", "reference", short(filter(fits, waits)), asked, "QueueFilter")
        for state in ("RUNNING", "DUE_SOON", "BREACHED", "PAUSED"):
            fits = [sub for sub in mine if state in self.clocks.states(sub)]
            yield paged("queue", f"whose clock is {state}", "triageQueue", "reference", short(fits), {"clock": {"in": [state]}}, "QueueFilter")
        for phase in ("NEEDS_INFO", "DEFERRED", "ACCEPTED", "DECLINED", "MERGED"):
            fits = [sub for sub in mine if sub["phase"] == phase]
            yield paged("queue", f"those in {phase}", "triageQueue", "reference", short(fits), {"phase": {"in": [phase]}}, "QueueFilter")
        yield from self.views(person, waits)

    def views(self, person, waits):
        found = []
        for view in sorted(self.rows.all["queue_view"], key=lambda view: (view["position"], view["id"])):
            if self.uses(person, view):
                found.append({"name": view["name"], "count": sum(self.in_view(json.loads(view["filter"]), sub) for sub in waits)})
        yield check("queue", "views", "{ triageViews(first: 20) { nodes { name count } } }", {"nodes": found}, root="triageViews")

    def uses(self, person, view):
        """One's own, and what is shared with all, or with the reviewers of a unit, above it and below it."""
        if view["owner_id"] == person or view["sharing"] == "REVIEWERS":
            return True
        units = [unit for role, unit in self.rows.grants[person] if role == "REVIEWER"]
        near = lambda unit: view["unit_id"] in self.rows.above[unit] or unit in self.rows.above[view["unit_id"]]
        return view["sharing"] == "UNIT" and any(near(unit) for unit in units)

    @staticmethod
    def in_view(asked, sub):
        fits = {"severity": lambda it: sub["severity"] in it["in"], "kind": lambda it: sub["kind"] in it["in"],
                "assignee": lambda it: (sub["assignee_id"] is None) == it["isNull"]}
        return all(fits[field](wanted) for field, wanted in asked.items())

    def late(self, person):
        mine = [sub for sub in self.rows.subs.values() if self.rights.works_on(person, sub) and not self.only_owns(person, sub) or self.rights.manages(person, sub)]
        for kind in ("FIRST_RESPONSE", "DECISION", "PROMISED"):
            late = [sub for sub in mine if kind in self.clocks.overdue(sub)]
            late.sort(key=lambda sub: (self.clocks.running(sub)[kind], sub["id"]))
            yield paged("queue", f"late for {kind}", "clockBreaches", "reference", [{"reference": sub["reference"]} for sub in late],
                        {"kinds": [kind]}, "ClockBreachFilter")

    def only_owns(self, person, sub):
        return not self.rights.over(person, "REVIEWER", sub)

    def coverage(self, person):
        today = day_of(self.rows.now)
        for role, unit in sorted(self.rows.grants[person]):
            if role in ("REVIEWER", "EXECUTIVE", "MANAGER"):
                document = "query($u: ID!, $f: Date!, $t: Date!) { responseCoverage(unitId: $u, from: $f, to: $t) { tooFew submissions answered answeredInTime overdue } }"
                counted, told = self.clocks.coverage(unit, 90), self.clocks.shows(unit, 90)
                variables = {"u": opaque("unit", unit), "f": str(today - datetime.timedelta(days=90)), "t": str(today)}
                yield check("queue", f"answers in {self.rows.units[unit]['code']}", document, {"tooFew": not told, **(counted if told else dict.fromkeys(counted))}, variables, root="responseCoverage")

    # ------------------------------------------------------------ causes

    def pareto(self, person):
        document = """query($p: ID, $m: CauseMeasure!, $f: SubmissionFilter) { causePareto(parentId: $p, measure: $m, filter: $f) {
            sum direct withoutCause hiddenBars bars { value share cumulativeShare cause { name } } } }"""
        parents = [None] + sorted({row["parent_id"] for row in self.rows.causes.values() if row["parent_id"]})
        month = self.rows.now // 1_000_000 * 1_000_000 - 60 * DAY
        scopes = {
            "": (None, None),
            " of a region": ({"unit": {"inSubtree": self.unit("M")}}, self.under("M")),
            " of a site": ({"unit": {"inSubtree": self.unit("KM")}}, self.under("KM")),
            " of observations": ({"kind": {"in": ["OBSERVATION"]}}, lambda sub: sub["kind"] == "OBSERVATION"),
            " of two months": ({"createdAt": {"gte": written(month) + "Z"}}, lambda sub: sub["created_at"] >= month),
            " of what is done": ({"phase": {"in": ["IMPLEMENTED", "SUSTAINED"]}}, lambda sub: self.shown_as(person, sub) in ("IMPLEMENTED", "SUSTAINED")),
        }
        for scope, (asked, fits) in scopes.items():
            for parent in parents if not asked else parents[:3]:
                for measure in ("REACH", "SUBMISSIONS"):
                    if parent and not self.causes.seen(person, parent):
                        continue
                    under = self.rows.causes[parent]["name"] if parent else "all"
                    yield check("pareto", f"{measure} under {under}{scope}", document, self.causes.pareto(person, parent, measure, fits),
                                {"p": opaque("cause", parent) if parent else None, "m": measure, "f": asked}, root="causePareto")

    def known_causes(self, person):
        decided = self.rights.anywhere(person, "REVIEWER")
        rows = [{"name": row["name"], "status": row["status"], **self.causes.figures(key, decided)} for key, row in self.rows.causes.items() if self.causes.seen(person, key)]
        rows.sort(key=lambda row: row["name"].casefold())
        yield paged("pareto", "causes", "causes", "name status reach submissionCount", rows, size=50)

    # ------------------------------------------------------------ wall and person

    def wall(self, person):
        document = """query($u: ID) { whatChangedHere(unitId: $u) { site { code } ideas(first: 100) { totalCount nodes { reference title author { name } } }
            causes { name } } }"""
        for unit in self.rows.units.values():
            if unit["kind"] == "SITE":
                yield check("wall", f"what changed in {unit['name']}", document, self.changed(person, unit), {"u": self.id_of("unit", unit)}, root="whatChangedHere")

    def changed(self, person, site):
        here = lambda sub: site["id"] in self.rows.above[sub["unit_id"]]
        ideas = [sub for key, sub in self.rows.subs.items() if here(sub) and sub["kind"] == "IDEA" and self.told.own[key] in ("IMPLEMENTED", "SUSTAINED") and self.rights.reads(person, sub)]
        ideas.sort(key=lambda sub: (self.told.done_at(sub["id"]), sub["id"]), reverse=True)
        # A voice that was joined with one of another site was heard here too.
        behind = lambda key: any(here(self.rows.subs[member]) for member in self.told.group[key])
        moved = {item["resolution_id"] for item in self.rows.all["resolution_item"] if item["state"] == "MOVED" and behind(item["submission_id"])}
        told = {row["id"] for row in self.rows.all["cause_resolution"] if row["id"] in moved and row["release_at"] is not None and row["release_at"] <= self.rows.now}
        causes = {row["cause_id"] for row in self.rows.all["resolved_cause"] if row["resolution_id"] in told}
        names = [self.rows.causes[key]["name"] for key in causes if self.rows.causes[key]["status"] == "RESOLVED" and self.causes.seen(person, key)]
        return {"site": {"code": site["code"]}, "causes": [{"name": name} for name in sorted(names, key=str.casefold)],
                "ideas": {"totalCount": len(ideas), "nodes": [{"reference": sub["reference"], "title": self.detail_title(sub), "author": self.named(person, sub)} for sub in ideas]}}

    def named(self, person, sub):
        """On the wall authors are named to themselves and to those who work on it."""
        return self.rows.name(sub["author_id"]) if person == sub["author_id"] or self.rights.works_on(person, sub) else None

    def detail_title(self, sub):
        return next(row["title"] for row in self.detail.texts[sub["id"]] if row["id"] == sub["text_id"])

    def person(self, person):
        document = """query($f: Date, $t: Date) { viewer { whatCameOfIt(from: $f, to: $t) { sent waiting underWay done declined takenBack agreed inWords } } }"""
        today = day_of(self.rows.now)
        back = lambda days: str(today - datetime.timedelta(days=days))
        for what, first, last in (("ever", None, None), ("of a season", back(120), back(30))):
            yield check("person", f"what came of it, {what}", document, {"whatCameOfIt": self.came(person, first, last)}, {"f": first, "t": last}, root="viewer")

    def came(self, person, first, last):
        mine = [sub for sub in self.rows.subs.values() if sub["author_id"] == person and (not first or first <= str(day_of(sub["created_at"])) <= last)]
        places = {"waiting": ("SUBMITTED", "UNDER_REVIEW", "NEEDS_INFO", "DEFERRED"), "underWay": ("ACCEPTED", "PLANNED", "IN_PROGRESS"),
                  "done": ("IMPLEMENTED", "SUSTAINED"), "declined": ("DECLINED",), "takenBack": ("WITHDRAWN",)}
        counts = {place: sum(self.told.shown[sub["id"]] in phases for sub in mine) for place, phases in places.items()}
        agreed = {voter for sub in mine for voter in self.rows.votes.get(sub["id"], ())} - {person}
        counts = {"sent": len(mine), **counts, "agreed": len(agreed)}
        return {**counts, "inWords": in_words(counts, self.rows.people[person]["locale"])}

    # ------------------------------------------------------------ all of it

    def of(self, code, wanted=None):
        """Every question in somebody's name; about one screen if it is named."""
        person = self.rows.by_code[code]["id"]
        held = {role for role, _ in self.rows.grants[person]}
        parts = [("feed", self.feed), ("detail", self.pages), ("wall", self.wall), ("person", self.person), ("pareto", self.known_causes)]
        if "REVIEWER" in held:
            parts.append(("queue", self.queue))
        if held & {"REVIEWER", "MANAGER", "EXECUTIVE"}:
            parts += [("pareto", self.pareto), ("queue", self.coverage)]
        if held & {"REVIEWER", "MANAGER"}:
            parts.append(("queue", self.late))
        return [{"who": code, **found} for screen, part in parts if wanted in (None, screen) for found in part(person)]


def in_words(counts, locale):
    """The same as sentences, in the language of whoever asks. Nothing is said of what there is none of."""
    said = SAID.get(locale[:2], SAID["en"])
    if not counts["sent"]:
        return [said["nothing"]]
    places = ("sent", "done", "underWay", "waiting", "declined", "takenBack", "agreed")
    return [said[place][counts[place] > 1].replace("#", str(counts[place])) for place in places if counts[place]]

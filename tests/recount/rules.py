"""What was announced, who is joined with whom, and who may read what (product.md, "Units, roles, rights")."""

import collections

from rows import day_of

DEAD = ("REJECTED", "MERGED")


class Tellings:
    """What everybody knows: announced decisions, and the groups that announced joinings make."""

    def __init__(self, rows):
        self.rows = rows
        self.announced = {key: sorted((d for d in rows.decisions[key] if d["state"] == "ANNOUNCED"), key=lambda d: d["closed_at"]) for key in rows.subs}
        self.pending = {key: next((d for d in rows.decisions[key] if d["state"] == "PENDING"), None) for key in rows.subs}
        self.own = {key: (told[-1]["to_phase"] if told else "SUBMITTED") for key, told in self.announced.items()}
        self.root = {key: row["merged_into"] if self.own[key] == "MERGED" else key for key, row in rows.subs.items()}
        for key in rows.subs:
            while self.root[self.root[key]] != self.root[key]:
                self.root[key] = self.root[self.root[key]]
        self.group = collections.defaultdict(list)
        for key, root in self.root.items():
            self.group[root].append(key)
        # What everybody sees of a joined one is what becomes of the one that it was joined with.
        self.shown = {key: self.own[root] for key, root in self.root.items()}

    def done_at(self, key):
        """The last time that everybody was told that it is done."""
        at, before = None, "SUBMITTED"
        for told in self.announced[key]:
            if told["to_phase"] == "IMPLEMENTED" and before != "IMPLEMENTED":
                at = told["closed_at"]
            before = told["to_phase"]
        return at

    def voters(self, key):
        """Who stands behind a submission but its author: voters, and who sent what was joined with it. Of what
        was sent without an author each counts as somebody else."""
        members = self.group[key] if self.root[key] == key else [key]
        people, nobody = set(), 0
        for member in members:
            people.update(self.rows.votes.get(member, ()))
            if member == key:
                continue
            author = self.rows.subs[member]["author_id"]
            if author is None:
                nobody += 1
            else:
                people.add(author)
        return len(people - {self.rows.subs[key]["author_id"]}) + nobody


class Rights:
    """Who may read what, and who works on it."""

    def __init__(self, rows, tellings):
        self.rows, self.told = rows, tellings

    def holds(self, person, role, unit):
        return any((role, above) in self.rows.grants[person] for above in self.rows.above[unit])

    def anywhere(self, person, role):
        return any(held == role for held, _ in self.rows.grants[person])

    def over(self, person, role, sub):
        """Of its unit, or of the function that it was handed to."""
        return self.holds(person, role, sub["unit_id"]) or bool(sub["function_id"]) and self.holds(person, role, sub["function_id"])

    def decides(self, person, sub):
        """R: the reviewer of its unit, after a hand-over of the function; nobody of what is their own."""
        where = sub["function_id"] or sub["unit_id"]
        return self.holds(person, "REVIEWER", where) and sub["author_id"] != person and sub["concerned_id"] != person

    def works_on(self, person, sub):
        """Reviewers of what is not their own, owner, assignee, and managers over its unit."""
        if sub["concerned_id"] == person:
            return False
        inside = self.over(person, "REVIEWER", sub) and sub["author_id"] != person or person in (sub["owner_id"], sub["assignee_id"])
        return inside or self.manages(person, sub)

    def manages(self, person, sub):
        return self.holds(person, "MANAGER", sub["unit_id"])

    def reads(self, person, sub):
        if person == sub["author_id"]:
            return True
        if person == sub["concerned_id"]:
            return False
        if person in (sub["owner_id"], sub["assignee_id"]) or self.over(person, "REVIEWER", sub):
            return True
        if sub["phase"] == "WITHDRAWN" or sub["audience"] == "CX_TEAM_ONLY":
            return False
        if self.manages(person, sub):
            return True
        if sub["kind"] != "IDEA":
            return False
        rows = self.rows
        own_site = rows.units[rows.people[person]["home_unit_id"]]["site_id"] == rows.units[sub["unit_id"]]["site_id"]
        return own_site or sub["opened_at"] is not None or self.holds(person, "MODERATOR", sub["unit_id"])

    def moves(self, person, sub):
        """The steps that somebody could take, by the table of product.md ("Life of a submission"): where they
        lead, and in which capacity; that of the reviewer is named before that of manager or owner, and that of
        the author last."""
        key, at, idea = sub["id"], sub["phase"], sub["kind"] == "IDEA"
        path = ["SUBMITTED"] + [row["to_phase"] for row in self.rows.decisions[key]]
        back = next(phase for phase in reversed(path) if phase not in ("NEEDS_INFO", "DEFERRED", "MERGED"))
        reviewer = self.decides(person, sub) and not self.barred(person, sub)
        leader = self.manages(person, sub) or person == sub["owner_id"]
        by_r = {
            "SUBMITTED": "UNDER_REVIEW ACCEPTED PLANNED IN_PROGRESS IMPLEMENTED NEEDS_INFO DEFERRED DECLINED MERGED",
            "UNDER_REVIEW": "ACCEPTED PLANNED IN_PROGRESS IMPLEMENTED NEEDS_INFO DEFERRED DECLINED MERGED",
            "NEEDS_INFO": ("UNDER_REVIEW" if back == "SUBMITTED" else back) + " DECLINED MERGED", "DEFERRED": "UNDER_REVIEW DECLINED MERGED",
            "ACCEPTED": "PLANNED IN_PROGRESS IMPLEMENTED NEEDS_INFO DEFERRED DECLINED MERGED", "PLANNED": "IN_PROGRESS IMPLEMENTED ACCEPTED DEFERRED DECLINED",
            "IN_PROGRESS": "IMPLEMENTED ACCEPTED DEFERRED DECLINED", "IMPLEMENTED": "IN_PROGRESS", "SUSTAINED": "IN_PROGRESS",
            "DECLINED": "UNDER_REVIEW", "MERGED": back, "WITHDRAWN": ""}
        by_m = {"ACCEPTED": "PLANNED IN_PROGRESS IMPLEMENTED", "PLANNED": "IN_PROGRESS IMPLEMENTED ACCEPTED", "IN_PROGRESS": "IMPLEMENTED ACCEPTED"}
        found = {}
        if reviewer:
            found.update((phase, "REVIEWER") for phase in by_r[at].split())
        if leader:
            for phase in by_m.get(at, "").split():
                found.setdefault(phase, "MANAGER")
        if self.manages(person, sub) and at in ("SUBMITTED", "UNDER_REVIEW"):
            found.setdefault("IMPLEMENTED", "MANAGER")
        if person == sub["author_id"]:
            for phase in self.own_moves(sub):
                found.setdefault(phase, "AUTHOR")
        return {phase: who for phase, who in found.items() if idea or phase != "PLANNED"}

    def own_moves(self, sub):
        """What an author may do, who knows what was told: take it back while nobody has said yes or no, answer, say
        that it is not fixed within 90 days, ask for one second look. While a decision is held only the first."""
        key, known = sub["id"], ["SUBMITTED"] + [row["to_phase"] for row in self.told.announced[sub["id"]]]
        at, before = known[-1], next(phase for phase in reversed(known) if phase not in ("NEEDS_INFO", "DEFERRED"))
        found = ["WITHDRAWN"] if before in ("SUBMITTED", "UNDER_REVIEW") else []
        if self.told.pending[key]:
            return found
        done_at = self.told.done_at(key)
        if at == "NEEDS_INFO":
            found.append("UNDER_REVIEW" if before == "SUBMITTED" else before)
        if at in ("IMPLEMENTED", "SUSTAINED") and (day_of(self.rows.now) - day_of(done_at)).days <= 90:
            found.append("IN_PROGRESS")
        if at == "DECLINED" and sub["second_look_at"] is None:
            found.append("UNDER_REVIEW")
        return found

    def barred(self, person, sub):
        """Who declined it does not take the second look, where there is another reviewer."""
        if sub["second_look_at"] is None:
            return False
        declines = [d for d in self.told.announced[sub["id"]] if d["to_phase"] == "DECLINED" and d["closed_at"] <= sub["second_look_at"]]
        others = [p for p in self.rows.people if p != person and self.decides(p, sub)]
        return bool(declines and others) and declines[-1]["decider_id"] == person

    def queue(self, person):
        """What waits for a reviewer: of the own units, or handed to the own functions; a hand-over takes it off
        all lists but theirs."""
        return [sub for sub in self.rows.subs.values() if self.decides(person, sub) and not self.barred(person, sub)]

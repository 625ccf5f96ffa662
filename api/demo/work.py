"""What is done about ideas and causes: plans, who helps, trials, outcomes, copies at other sites (work.json)."""

import own
from grow import CAUSE_DATES, CHECKS

FUNCTIONS = ["FACILITIES", "IT", "SUPPLY", None, None]
# Ideas from elsewhere that still work after two months: without an outcome nobody would be asked about them.
OF_OTHERS = {
    "idea-21": ("HARD_SAVING", "Money spent on things that did not work", "pounds a year", "LOWER", 20000, 15000, 12400, "Purchases of the year before and of this one."),
    "idea-50": ("SOFT_SAVING", "Questions about rules that reach the legal desk", "a month", "LOWER", 20, 15, 11, "Tickets of the legal desk, three months."),
    "idea-45": ("QUALITY", "Forms that come back with gaps", "of 100", "LOWER", 12, 10, 9, "A hundred forms, counted by reception."),
    "idea-25": ("SATISFACTION", "People who could choose how they are seen", "of 100", "HIGHER", 90, None, 94, "Booking records of one month."),
    "idea-30": ("QUALITY", "Visits to the Spanish pages", "a week", "HIGHER", 300, 350, 410, "Counter of the website."),
}


def day_of(item, *phases):
    """Days ago of the first step into one of these phases."""
    return next((step["days_ago"] for step in item["path"] if step["to"] in phases), None)


class Work:
    def __init__(self, growing, organisation):
        self.stream, self.life, self.staff, self.items = growing.stream, growing.life, growing.staff, growing.items
        self.by_title = {item["title"]: item for item in self.items if item["title"]}
        self.by_key = {item["key"]: item for item in self.items}
        self.causes = {cause["key"]: cause for cause in organisation["causes"]}
        self.out = {"plans": [], "helpers": [], "trials": [], "outcomes": [], "adoptions": []}

    def all(self):
        for title, titles in own.PLANS.items():
            self.plan_of(self.by_title[title], titles)
        for key, titles in own.CAUSE_PLANS.items():
            self.plan_of_cause(key, titles)
        for title, outcome in own.OUTCOMES.items():
            self.outcome_of(self.by_title[title], outcome)
        for key, outcome in OF_OTHERS.items():
            self.outcome_of(self.by_key[key], outcome)
        for key, outcome in own.CAUSE_OUTCOMES.items():
            self.outcome_of_cause(key, outcome)
        for title, trial in own.TRIALS.items():
            self.trial_of(self.by_title[title], trial)
        for copy in own.COPIES:
            self.copy(*copy)
        self.help()
        return self.out

    def near(self, item):
        site = self.life.parent[item["unit"]] if "-" in item["unit"] else item["unit"]
        codes = [code for unit, codes in self.staff.teams.items() if self.life.parent.get(unit) == site or unit == site for code in codes]
        return [code for code in codes if code != item["author"]]

    # ------------------------------------------------------------ plans

    def plan_of(self, item, titles):
        begun = day_of(item, "PLANNED", "IN_PROGRESS")
        over = day_of(item, "IMPLEMENTED")
        reached = item["path"][-1]["to"]
        by, near = item["owner"], self.near(item)
        done = {"PLANNED": 0, "IN_PROGRESS": max(1, len(titles) // 2)}.get(reached, len(titles))
        if reached == "PLANNED" and self.stream.between(0, 1):
            done = 1
        self.out["plans"].append({"submission": item["key"], "by": by, "days_ago": begun,
                                  "items": self.items_of(titles, done, (begun, over or 0), [by, near[self.stream.between(0, len(near) - 1)], None])})

    def plan_of_cause(self, key, titles):
        cause, dates = self.causes[key], CAUSE_DATES[key]
        begun, over = dates["BEING_ADDRESSED"], dates.get("RESOLVED", 0)
        done = len(titles) if over else 1 + len(titles) // 3
        self.out["plans"].append({"cause": key, "by": cause["owner"], "days_ago": begun,
                                  "items": self.items_of(titles, done, (begun, over), [cause["owner"], None, self.staff.central[0]])})

    def items_of(self, titles, done, when, who):
        begun, over = when
        made, length = [], max(1, begun - over)
        late = self.stream.between(0, 2) > 0
        for number, title in enumerate(titles):
            assignee = who[number % len(who)]
            item = {"title": title, "assignee": assignee, "function": None if assignee else FUNCTIONS[self.stream.between(0, 4)],
                    "status": "OPEN", "due_in_days": None, "done_days_ago": None, "checks": [], "waits": []}
            if number < done:
                item["status"] = "DONE"
                item["done_days_ago"] = max(over, begun - 1 - (number + 1) * max(1, (length - 1) // (len(titles) + 1)), 0)
                item["due_in_days"] = -min(begun, item["done_days_ago"] + self.stream.between(-4, 6))
            else:
                item["status"] = "IN_PROGRESS" if number == done and done else "OPEN"
                ahead = 6 + (number - done) * 13 + self.stream.between(0, 8)
                item["due_in_days"] = -self.stream.between(2, min(9, begun)) if late and number == done and begun > 3 else ahead
            if self.stream.between(0, 2) == 0:
                texts = CHECKS[self.stream.between(0, len(CHECKS) - 1)]
                ticked = len(texts) if item["status"] == "DONE" else (1 if item["status"] == "IN_PROGRESS" else 0)
                item["checks"] = [{"text": text, "ticked": place < ticked} for place, text in enumerate(texts)]
            if number and number > done:
                item["waits"] = [number]
            made.append(item)
        if done == len(titles) and len(titles) > 2 and self.stream.between(0, 4) == 0:
            made[-1].update({"status": "DROPPED"})
        return made

    # ------------------------------------------------------------ outcomes

    def outcome_of(self, item, outcome):
        begun, over = day_of(item, "PLANNED", "IN_PROGRESS", "ACCEPTED"), day_of(item, "IMPLEMENTED")
        reviewer = next(step["by"] for step in item["path"] if step["as"] == "R")
        self.outcome({"submission": item["key"]}, outcome, (item["owner"], reviewer), (begun, over))

    def outcome_of_cause(self, key, outcome):
        dates = CAUSE_DATES[key]
        self.outcome({"cause": key}, outcome, (self.causes[key]["owner"], self.staff.central[1]), (dates["BEING_ADDRESSED"], dates.get("RESOLVED")))

    def outcome(self, about, outcome, people, when):
        (kind, title, measure, direction, target, forecast, actual, evidence), (by, other), (begun, over) = outcome, people, when
        written = max(begun - 1, 0)
        figures = [{"stage": "TARGET", "value": target, "days_ago": written, "in_days": 30 - written, "by": by}]
        if forecast is not None:
            # Foreseen while it was under way.
            figures.append({"stage": "FORECAST", "value": forecast, "days_ago": (written + (over or 0)) // 2, "in_days": 30 - written, "by": by})
        if actual is not None and over is not None:
            measured = max(over - 14, 1)
            figures.append({"stage": "ACTUAL", "value": actual, "days_ago": measured, "in_days": -measured, "by": by, "evidence": evidence})
            if title.startswith("Frames"):
                figures.append({"stage": "ACTUAL", "value": actual - 250, "days_ago": max(measured - 2, 0), "in_days": -measured, "by": by,
                                "evidence": evidence, "reason": "Two frames were counted twice."})
            if len(self.out["outcomes"]) % 4 != 3 and measured >= 2:
                figures[-1].update({"confirmed_by": other, "confirmed_days_ago": max(figures[-1]["days_ago"] - 2, 0)})
        self.out["outcomes"].append({**about, "kind": kind, "title": title, "measure": measure, "direction": direction, "by": by,
                                     "days_ago": written, "figures": figures})

    # ------------------------------------------------------------ trials, copies, help

    def trial_of(self, item, trial):
        guess, measure, ended = trial
        begun, over = day_of(item, "IN_PROGRESS"), day_of(item, "IMPLEMENTED") or 0
        if item["path"][-1]["to"] in ("PLANNED",) or begun is None:
            return
        starts = max(begun - 1, over)
        made = {"submission": item["key"], "by": item["owner"], "guess": guess, "measure": measure, "starts_days_ago": starts}
        if ended:
            result, learned, state = ended
            made["ended"] = {"days_ago": max((starts + over) // 2, over, 1), "result": result, "learned": learned, "state": state}
        self.out["trials"].append(made)

    def copy(self, title, site, state, words):
        item = self.by_title[title]
        over = day_of(item, "IMPLEMENTED")
        offered = max(over - 6, 1)
        made = {"submission": item["key"], "site": site, "by": item["owner"], "days_ago": offered, "state": state, "leader": self.staff.lead[site]}
        made["reason" if state == "DECLINED" else "message"] = words
        if state in ("ADOPTING", "ADOPTED"):
            made["accepted_days_ago"] = max(offered - 4, 0)
        if state in ("ADOPTED", "DECLINED"):
            made["closed_days_ago"] = max(offered - 20 if state == "ADOPTED" else offered - 3, 0)
        self.out["adoptions"].append(made)

    def help(self):
        wanted = [item for item in self.items if item["kind"] == "IDEA" and item.get("owner") and item["path"][-1]["to"] in ("ACCEPTED", "PLANNED", "IN_PROGRESS")]
        for place, item in enumerate(wanted):
            if place % 2:
                continue
            near = [code for code in self.near(item) if code != item["owner"]]
            from_day = item["path"][-1]["days_ago"]
            for number in range(1 + place % 3):
                person = near[(place + number * 5) % len(near)]
                if any(other["submission"] == item["key"] and other["person"] == person for other in self.out["helpers"]):
                    continue
                made = {"submission": item["key"], "person": person, "days_ago": max(from_day - 1 - number, 0)}
                if number == 0 and place % 4 == 0:
                    made.update({"named_by": item["owner"], "named_days_ago": max(from_day - 3, 0)})
                self.out["helpers"].append(made)

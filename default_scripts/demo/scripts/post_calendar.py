"""
---
id: "01bcd772-eb7b-4f2d-961e-b5d1ad56c302"
projectId: "42146a02-c56e-41dd-b124-3fbe5b3c55bb"
slug: "post_calendar"
title: "Post calendar"
kind: "utility"
entrypoint: "plan"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# When does the next post appear? Every second Saturday, says this script, and prints the
# coming months with those days in brackets. Each month is printed as soon as it is worked out.
import calendar
import time
from datetime import date, timedelta

FIRST = date(2026, 11, 14)
EVERY = timedelta(days=14)
MONTHS = 4


def plan():
    days = post_days(FIRST, EVERY, MONTHS)
    for year, month in sorted({(day.year, day.month) for day in days}):
        print_month(year, month, days)
        # Only to let you see that output streams; the run can be stopped at any time.
        time.sleep(0.05)
    print(f"{len(days)} posts to write, the last for {max(days):%d %B %Y}.")
    return sorted(day.isoformat() for day in days)


def post_days(first, every, months):
    last_month = first.year * 12 + first.month + months - 1
    days, day = set(), first
    while day.year * 12 + day.month <= last_month:
        days.add(day)
        day += every
    return days


def print_month(year, month, days):
    print(f"{calendar.month_name[month]} {year}".center(28).rstrip())
    print(" Mo  Tu  We  Th  Fr  Sa  Su")
    for week in calendar.Calendar().monthdatescalendar(year, month):
        cells = []
        for day in week:
            if day.month != month:
                cells.append("    ")
            elif day in days:
                cells.append(f"[{day.day:>2}]")
            else:
                cells.append(f" {day.day:>2} ")
        print("".join(cells).rstrip())
    print()

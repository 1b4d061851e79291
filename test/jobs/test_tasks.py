"""A SIGTERM that meets a process in the middle of a job."""

from __future__ import annotations

import signal

from project.jobs.lifeline import Lifeline
from project.jobs.tasks import hands_back_on_sigterm


def test_the_job_is_handed_back_before_the_process_obeys():
    obeyed = []
    lifeline = Lifeline()
    before = signal.signal(signal.SIGTERM, lambda *_: obeyed.append(lifeline.is_cut()))
    try:
        with hands_back_on_sigterm(lifeline):
            assert not lifeline.is_cut()
            signal.raise_signal(signal.SIGTERM)
            assert lifeline.is_cut() and obeyed == []
        assert obeyed == [True]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_lifeline_is_cut_by_the_end_of_its_holder():
    lifeline = Lifeline()
    assert not lifeline.is_cut()
    lifeline.cut()
    lifeline.cut()
    assert lifeline.is_cut()

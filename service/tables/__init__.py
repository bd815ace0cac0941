"""Every table, as Alembic's migrations build it and a test compares it.

Versions are added, never overwritten. Constraints refuse rows that cannot be true. What is filtered by is
a column; the rest of a form is JSON.
"""

from service.tables.access import BreakGlass, OnCaseload
from service.tables.audit import AuditChain, AuditLine
from service.tables.deliveries import Attempt, Breaker, Delivery, EhrCall, EhrLink, Lane
from service.tables.notes import Client, ConflictingNote, Note, Specialist, StoredResource
from service.tables.reconciliations import KeptReconciliation, ReconciledNote, ReconciliationClock
from service.tables.system_clients import SystemClient, UsedAssertion
from service.tables.table import Table
from service.tables.team_readings import TeamReading

__all__ = [
    "Attempt",
    "AuditChain",
    "AuditLine",
    "BreakGlass",
    "Breaker",
    "Client",
    "ConflictingNote",
    "Delivery",
    "EhrCall",
    "EhrLink",
    "KeptReconciliation",
    "Lane",
    "Note",
    "OnCaseload",
    "ReconciledNote",
    "ReconciliationClock",
    "Specialist",
    "StoredResource",
    "SystemClient",
    "Table",
    "TeamReading",
    "UsedAssertion",
]

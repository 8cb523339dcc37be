"""Imports every feature's tables, so that the metadata of cac.db.Base is whole; for migrations and nothing else."""

import cac.accounts.models
import cac.cities.models
import cac.mail
import cac.practices.models
import cac.search.models
import cac.stats.models

__all__ = ["cac"]

//! State in SQLite: whole transactions in the words of the domain; no SQL and no rows outside.

//! The store: transactions, migrations, faults.

//! Every command and snippet of the README that needs no root.

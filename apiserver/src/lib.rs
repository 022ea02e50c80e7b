//! The request pipeline and HTTP, for every kind through its row.

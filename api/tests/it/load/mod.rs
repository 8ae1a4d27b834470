//! More than the server can carry, and its end: who is limited and by what, what is shed, and that nothing is lost when it stops.

mod clients;
mod processor;
mod rolling;
mod shutdown;

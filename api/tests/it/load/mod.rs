//! More than the server can carry, and its end: who is limited, what is shed, and that nothing is lost when it stops.

mod clients;
mod rolling;
mod shutdown;

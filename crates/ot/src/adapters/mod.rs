//! What is made of random correlated OTs, whatever made them: random OTs, OTs of chosen messages, of one among many, of some among many.

mod chosen;
mod claims;
mod many;
mod random;

pub use chosen::{correlate_receiver, correlate_sender, receive_chosen, send_chosen};
pub(crate) use chosen::{receive_by_choice, send_by_choice};
pub(crate) use claims::by_choice;
pub use claims::{CHOSEN, CORRELATED, RANDOM, ROWS, Rows};
pub use many::{MAX_ROWS, receive_rows, send_rows};
pub use random::{RandomReceiver, RandomSender};

//! (gadget)

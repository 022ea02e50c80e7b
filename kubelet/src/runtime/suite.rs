//! What every container runtime must do: run over each implementation.

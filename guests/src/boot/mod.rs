//! Tables and registers with which a guest starts, per mode.

"""Alibaba Cloud's FOAS (Realtime Compute, "Blink exclusive"), version 2018-11-11."""

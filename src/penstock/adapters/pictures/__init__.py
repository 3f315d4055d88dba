"""Rendering in separate processes, with fair turns for callers."""

from penstock.adapters.pictures.pool import PicturePool, RenderLimits

__all__ = ["PicturePool", "RenderLimits"]

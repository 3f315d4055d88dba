"""Pictures made in processes of their own, each caller in turn."""

from penstock.adapters.pictures.pool import PicturePool, RenderLimits

__all__ = ["PicturePool", "RenderLimits"]

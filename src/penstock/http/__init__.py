"""HTTP technique that the rooms share: bodies, forms, ranges, rooms, the front desk."""

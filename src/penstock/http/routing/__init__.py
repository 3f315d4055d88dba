"""Which dialect a request belongs to, who is asking, and how it is answered."""

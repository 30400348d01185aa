"""Times of the week, local to the monitoring server. Default office hours are monday-friday 09:00-17:00."""

from checkwright.registry.model import Hours

shop_hours = Hours("shop-hours", "monday-friday 08:00-20:00", "saturday 09:00-14:00")
nightly_batch = Hours("nightly-batch", "monday-sunday 01:00-04:30")

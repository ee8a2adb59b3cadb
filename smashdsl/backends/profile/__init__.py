"""Plan → what each layer takes on this device: time and memory beside the counted costs."""

from smashdsl.backends.profile.measure import LayerProfile as LayerProfile
from smashdsl.backends.profile.measure import Profile as Profile
from smashdsl.backends.profile.measure import Spread as Spread
from smashdsl.backends.profile.measure import profile as profile
from smashdsl.backends.profile.text import profile_page as profile_page

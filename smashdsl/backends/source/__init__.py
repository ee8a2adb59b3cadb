"""Program → standalone Python source."""

from smashdsl.backends.source.export import export_source as export_source

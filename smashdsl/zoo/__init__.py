"""The networks and spaces that come with the package: what they are and cost, their pages."""

"""What `make check` runs beside pytest: the built wheel, and the known vulnerabilities of what we depend on."""

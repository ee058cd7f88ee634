"""The API for programs, under /api/v1: routes and OpenAPI document are made of one table."""

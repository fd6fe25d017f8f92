"""What must hold of what would be deployed, beyond what linters know. A check is a function whose
docstring is its sentence; it yields what contradicts it."""

from checks import api, data, deploying, files, functions, readme, watching, worker

CHECKS = [
    *api.CHECKS,
    *functions.CHECKS,
    *worker.CHECKS,
    *data.CHECKS,
    *watching.CHECKS,
    *files.CHECKS,
    *deploying.CHECKS,
    *readme.CHECKS,
]

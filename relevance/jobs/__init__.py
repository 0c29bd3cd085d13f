"""What users ask for: one folder a job, each with the same rooms."""

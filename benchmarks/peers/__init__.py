"""Other ways to do the job, one small file each."""

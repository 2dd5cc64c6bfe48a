"""The dialect of the Kling Videos Generation API."""

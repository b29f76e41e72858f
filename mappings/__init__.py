"""Pure translations between outside forms and domain records, and the rules on both."""

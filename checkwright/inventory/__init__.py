"""Pulls of inventories: machines that PuppetDB, EC2 or a command knows, as hosts in a reviewed file.

    source -> Answer (records) -> mapping -> rows -> guards -> file

Everything before the file is a pure function of the answer, the old file and the time, except for the three modules
that ask: puppetdb_answers, ec2_answers, command_answers. `pull.py` puts the parts together and writes nothing.
"""
